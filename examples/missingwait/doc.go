// Package missingwait asks a program for its version.
//
// The mistake: the program is started, its first line is read, and nobody calls
// Wait. Package os/exec then keeps a goroutine that watches the context, for as
// long as that lives, and the pipe stays open. The program that has ended
// remains a zombie until this one ends, and nobody sees an error of it.
//
// WRONG
//
//	if err := cmd.Start(); err != nil {
//		return "", err
//	}
//	line, err := bufio.NewReader(out).ReadString('\n')
//	if err != nil {
//		return "", err
//	}
//	return strings.TrimSpace(line), nil
//
// RIGHT
//
//	if err := cmd.Start(); err != nil {
//		return "", err
//	}
//	text := bufio.NewReader(out)
//	line, err := text.ReadString('\n')
//	_, rest := io.Copy(io.Discard, text) // with a full pipe the program could not end
//	if err := errors.Join(err, rest, cmd.Wait()); err != nil {
//		return "", err
//	}
//	return strings.TrimSpace(line), nil
//
// Every Start that succeeds needs a Wait, on each way out. The methods Run,
// Output and CombinedOutput call both. No check of go vet or staticcheck finds
// this mistake.
//
// [VersionWrong] is the first way, [Version] the second.
package missingwait
