package lockorder

// TransferWrong moves amount from one account to another. It calls between,
// which may be nil, when it has locked the first account.
func TransferWrong(from, to *Account, amount int, between func()) {
	from.mu.Lock()
	defer from.mu.Unlock()
	if between != nil {
		between()
	}
	to.mu.Lock() // want "at: mutex-lock"
	defer to.mu.Unlock()
	from.balance -= amount
	to.balance += amount
}
