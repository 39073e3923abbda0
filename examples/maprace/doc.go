// Package maprace remembers when each user of a web site was last seen.
//
// The mistake: the handlers of several requests write to the same map without a
// lock. When two of them are within a write at the same moment, the runtime ends
// the process with a fatal error, which no recover catches. With the few requests
// of a test that hardly ever happens; in production it does, under load.
//
// No goroutine is left behind, so leakcheck has nothing to report. The race
// detector finds the mistake: go test -race reports two writes that no lock
// keeps apart, whether or not they come at the same moment. The fatal error is
// the runtime's own check. Every program has it, and it sees no more than what
// happens in that very moment.
//
// WRONG
//
//	func (u *UsersWrong) Saw(user string, at time.Time) { u.last[user] = at }
//
// RIGHT
//
//	func (u *Users) Saw(user string, at time.Time) {
//		u.mu.Lock()
//		defer u.mu.Unlock()
//		u.last[user] = at
//	}
//
// Readers of the map take the lock as well: a read during a write is the same
// mistake. Neither go vet nor staticcheck finds it. Run the tests with -race in
// CI.
//
// [UsersWrong] is the first way, [Users] the second.
package maprace
