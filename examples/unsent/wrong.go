package unsent

// SaveWrong stores an order and tells the customer its number. It leaks a
// goroutine and a connection when the order cannot be stored.
func SaveWrong(store func() (int, error), connect func() Mail) error {
	numbers := make(chan int)
	go func() { // want "started"
		mail := connect()
		defer mail.Close()
		mail.Send(<-numbers) // want "at: chan-recv"
	}()
	number, err := store()
	if err != nil {
		return err
	}
	numbers <- number
	return nil
}
