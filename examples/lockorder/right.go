package lockorder

// TransferRight moves amount from one account to another. The account with the
// lower number is locked first.
func TransferRight(from, to *Account, amount int) {
	first, second := from, to
	if to.number < from.number {
		first, second = to, from
	}
	first.mu.Lock()
	defer first.mu.Unlock()
	second.mu.Lock()
	defer second.mu.Unlock()
	from.balance -= amount
	to.balance += amount
}
