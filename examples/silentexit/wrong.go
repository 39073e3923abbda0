package silentexit

// SaveWrong saves the orders, all at the same time, and waits for none.
func SaveWrong(orders []string, save func(order string)) {
	for _, order := range orders {
		go save(order)
	}
}
