// Package loopvar asks several mirrors for a text, all at the same moment, and
// returns their answers in order.
//
// The mistake: the goroutines of a loop use the loop's variables, in a file in
// which all iterations share them. When the goroutines get to work the loop is
// over, and all of them see the last mirror: each asks that one, and sends the
// answer on its channel, which has room for one. The others wait in their send
// for as long as the process lives, and the caller waits forever for the first
// answer.
//
// Since Go 1.22 each iteration has variables of its own. That holds for files of
// Go 1.22 and later, and go.mod does not have the last word on what a file is: a
// line "//go:build go1.21", or one that names an older release, keeps its file
// at Go 1.21, also where go.mod says go 1.26. Such lines are left from the time
// when older releases were supported. The compiler accepts the file silently. A
// module whose go.mod says go 1.21 or less is in the same state as a whole.
//
// WRONG
//
//	//go:build go1.21
//	...
//	for i, mirror := range mirrors {
//		go func() {
//			<-start
//			answers[i] <- ask(mirror)
//		}()
//		answers = append(answers, make(chan string, 1))
//	}
//
// RIGHT
//
//	package loopvar
//	...
//	for i, mirror := range mirrors {
//		go func() {
//			<-start
//			answers[i] <- ask(mirror)
//		}()
//		answers = append(answers, make(chan string, 1))
//	}
//
// The two files have the same code; all that is gone is the first line. Where it
// has to stay, i, mirror := i, mirror at the top of the loop gives each iteration
// its own.
//
// The loopclosure check of go vet looks at the language version of each file as
// well. It finds the mistake where the go statement is the last one of the loop,
// and here another one comes after it. It says nothing of a file without the line.
//
// [AskWrong] is the first way, [Ask] the second.
package loopvar
