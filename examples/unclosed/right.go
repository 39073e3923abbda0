package unclosed

import "strconv"

// Add returns the sum of the numbers in lines.
func Add(lines []string) (int, error) {
	values, total := make(chan int), make(chan int, 1)
	go func() {
		sum := 0
		for n := range values {
			sum += n
		}
		total <- sum
	}()
	if err := send(values, lines); err != nil {
		return 0, err
	}
	return <-total, nil
}

// send sends the numbers in lines and closes values, whatever happens.
func send(values chan<- int, lines []string) error {
	defer close(values)
	for _, line := range lines {
		n, err := strconv.Atoi(line)
		if err != nil {
			return err
		}
		values <- n
	}
	return nil
}
