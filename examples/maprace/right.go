package maprace

import (
	"sync"
	"time"
)

// Users knows when each user was last seen. Any number of goroutines may use it.
type Users struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// New returns a Users that has seen nobody.
func New() *Users { return &Users{last: map[string]time.Time{}} }

// Saw remembers that a user was there.
func (u *Users) Saw(user string, at time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.last[user] = at
}

// Last returns when a user was last there.
func (u *Users) Last(user string) time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.last[user]
}
