package leakhttp

import (
	"net/http"
	"time"

	"github.com/leakcheck-go/goroutine/internal/service/live"
)

// Options change what [Handler] does. The zero value and nil are ready to use.
type Options struct {
	// Authorize reports whether a request is answered; nil is [Loopback]. It is
	// called by several goroutines at once, and not asked about requests that
	// another web site made a browser send: those are refused. One that lets in
	// who has a password should compare that in constant time.
	Authorize func(*http.Request) bool

	MinInterval   time.Duration // between two looks; 1 s if 0
	ProofInterval time.Duration // between two proofs; 10 s if 0
	MaxFull       int           // goroutines up to which the full text is given unforced; 3,000 if 0

	// SampleInterval is the time between two of the samples that growth is measured
	// from; 15 s if 0. A stack is growing if it had more goroutines in each of
	// three samples in a row, and has more still. Samples are taken when somebody
	// looks.
	SampleInterval time.Duration

	HideLabels bool // leave out the goroutines' labels, but those of Requests
	HideArgs   bool // leave out the arguments of calls
}

func (o *Options) surveyor() *live.Surveyor {
	return &live.Surveyor{MinInterval: o.MinInterval, ProofInterval: o.ProofInterval, Sample: o.SampleInterval,
		MaxFull: o.MaxFull, HideLabels: o.HideLabels, HideArgs: o.HideArgs}
}
