package doublesend

// Stat returns the size of a file.
type Stat func(name string) (int64, error)

// answer is what became of the question for one file.
type answer struct {
	size int64
	err  error
}
