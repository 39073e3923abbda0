package maprace

import "time"

// UsersWrong knows when each user was last seen. It holds for one goroutine at a
// time.
type UsersWrong struct {
	last map[string]time.Time
}

// NewWrong returns a UsersWrong that has seen nobody.
func NewWrong() *UsersWrong { return &UsersWrong{last: map[string]time.Time{}} }

// Saw remembers that a user was there.
func (u *UsersWrong) Saw(user string, at time.Time) { u.last[user] = at }

// Last returns when a user was last there.
func (u *UsersWrong) Last(user string) time.Time { return u.last[user] }
