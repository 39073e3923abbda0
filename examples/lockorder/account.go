package lockorder

import "sync"

// Account is a bank account.
type Account struct {
	number int // never changes, and no two are the same

	mu      sync.Mutex
	balance int
}

// Open returns the account with the given number and balance.
func Open(number, balance int) *Account { return &Account{number: number, balance: balance} }

// Balance returns the money that is in the account.
func (a *Account) Balance() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.balance
}
