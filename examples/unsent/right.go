package unsent

// Save stores an order and tells the customer its number. The mail may still be
// on its way when Save returns.
func Save(store func() (int, error), connect func() Mail) error {
	numbers := make(chan int)
	defer close(numbers)
	go func() {
		mail := connect()
		defer mail.Close()
		if number, ok := <-numbers; ok {
			mail.Send(number)
		}
	}()
	number, err := store()
	if err != nil {
		return err
	}
	numbers <- number
	return nil
}
