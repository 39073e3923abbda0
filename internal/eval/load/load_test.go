package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestMeasure(t *testing.T) {
	t.Parallel()
	s := newService("with both", true, true)
	defer s.server.Close()
	s.measure(time.Millisecond, 2, 1000)
	for len(s.times) == 0 { // the machine was busy elsewhere for that millisecond
		s.measure(10*time.Millisecond, 2, 1000)
	}
	assert.Positive(t, s.rate())
	assert.Positive(t, s.took)
	s.times = []time.Duration{1, 2, 3, 4}
	assert.EqualValues(t, 4, s.p99())
}
