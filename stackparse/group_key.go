package stackparse

import "strconv"

// Key returns a text that two goroutines have in common if, and only if, they
// are the same by s: a key for a map. They may be of different dumps. [Group]
// and [Grouper], which need no such text, are many times faster.
func (s Similarity) Key(g *Goroutine) string { return string(s.AppendKey(nil, g)) }

// AppendKey appends the [Similarity.Key] of g to b, which may be nil, and returns the
// result. To look up m[string(b)] in a map m allocates nothing.
func (s Similarity) AppendKey(b []byte, g *Goroutine) []byte {
	// A word before each kind of part keeps, say, a creator apart from one more call.
	if s&ByState != 0 {
		b = strconv.AppendBool(appendField(b, g.State), g.LockedToThread)
	}
	if s&byCalls != 0 {
		b = strconv.AppendInt(append(b, " elided "...), int64(g.Elided), 10)
		for i := range g.Frames {
			b = s.appendFrame(append(b, " call "...), &g.Frames[i])
		}
	}
	if c := g.Creator; c != nil && s&byWhence != 0 {
		b = s.appendCreator(append(b, " by "...), c)
	}
	if s&ByLabels != 0 {
		for _, l := range g.Labels {
			b = appendField(appendField(append(b, " label "...), l.Key), l.Value)
		}
	}
	return b
}

func (s Similarity) appendFrame(b []byte, f *Frame) []byte {
	switch {
	case s&ByLines != 0:
		b = appendPosition(appendField(b, f.Func), f.File, f.Line)
	case s&ByFunctions != 0:
		b = appendFunction(b, f.Func)
	}
	if s&ByArguments != 0 {
		b = appendField(append(b, " args "...), f.Args)
	}
	if s&ByOffsets != 0 {
		b = strconv.AppendUint(append(b, '+'), f.Offset, 10)
	}
	return b
}

func (s Similarity) appendCreator(b []byte, c *Creator) []byte {
	if s&ByCreatorLine == 0 {
		return appendFunction(b, c.Func)
	}
	b = appendPosition(appendField(b, c.Func), c.File, c.Line)
	if s&ByOffsets != 0 {
		b = strconv.AppendUint(append(b, '+'), c.Offset, 10)
	}
	return b
}

// appendFunction appends a function without the numbers of closures.
func appendFunction(b []byte, fn string) []byte {
	base, closure := cutClosure(fn)
	return strconv.AppendBool(appendField(b, base), closure)
}

func appendPosition(b []byte, file string, line int) []byte {
	return strconv.AppendInt(append(appendField(b, file), ':'), int64(line), 10)
}

// appendField appends s with its length, so that fields stay apart whatever they
// contain.
func appendField(b []byte, s string) []byte {
	b = strconv.AppendInt(b, int64(len(s)), 10)
	return append(append(b, '='), s...)
}
