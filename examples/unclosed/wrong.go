package unclosed

import "strconv"

// AddWrong returns the sum of the numbers in lines. It leaks a goroutine when
// one of the lines is no number.
func AddWrong(lines []string) (int, error) {
	values, total := make(chan int), make(chan int)
	go func() { // want "started"
		sum := 0
		for n := range values { // want "at: chan-range"
			sum += n
		}
		total <- sum
	}()
	for _, line := range lines {
		n, err := strconv.Atoi(line)
		if err != nil {
			return 0, err
		}
		values <- n
	}
	close(values)
	return <-total, nil
}
