package pprofile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// tooLarge says that a profile would take more memory than it may.
func tooLarge(most int64) error {
	return fmt.Errorf("profile too large: it would take more than %d MiB of memory", most>>20)
}

// readAll reads all of in, but no more than may be held.
func readAll(in io.Reader, most int64) ([]byte, error) {
	// One byte more than allowed tells input that is too large from input that just
	// fits.
	data, err := io.ReadAll(io.LimitReader(in, min(most, math.MaxInt64-1)+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > most {
		return nil, tooLarge(most)
	}
	return data, nil
}

// Field numbers of profile.proto.
const (
	profileSample   = 2
	profileLocation = 4
	sampleLabel     = 3
	locationLine    = 4
)

// The bytes that package profile allocates, rounded up, for each message and
// for each byte of numbers, each of which may be a number by itself.
const (
	messageCost = 160
	labelCost   = 256 // it makes three maps for the labels of a sample
	numberCost  = 16
)

// checkSize finds out what a profile takes once it is decoded, without doing
// that. A megabyte of empty samples would take eighty.
func checkSize(data []byte, most int64) error {
	cost := int64(len(data))
	err := fields(data, func(number uint64, value []byte) {
		cost += messageCost + int64(len(value))
		switch number {
		case profileSample:
			cost += nestedCost(value, sampleLabel, labelCost)
		case profileLocation:
			cost += nestedCost(value, locationLine, messageCost)
		}
	})
	switch {
	case err != nil:
		return notProfile(err)
	case cost > most:
		return tooLarge(most)
	}
	return nil
}

// nestedCost is the cost of what stands in a message: messages in the field of
// the given number, and numbers. Malformed ones are left to the decoder, which
// stops there.
func nestedCost(data []byte, number uint64, each int64) int64 {
	cost := int64(0)
	_ = fields(data, func(n uint64, value []byte) {
		if n == number {
			cost += each
		} else {
			cost += numberCost * int64(max(len(value), 1))
		}
	})
	return cost
}

var errWire = errors.New("malformed protobuf")

// fields calls visit for each field of a protobuf message. The value is nil
// for numbers.
func fields(data []byte, visit func(number uint64, value []byte)) error {
	for len(data) > 0 {
		tag, n := binary.Uvarint(data)
		if n <= 0 {
			return errWire
		}
		data = data[n:]
		size := uint64(0)
		value := false
		switch tag & 7 {
		case 0:
			_, n = binary.Uvarint(data)
			size = uint64(n)
		case 1:
			// n has to pass the check below, though no number was read.
			n, size = 1, 8
		case 2:
			size, n = binary.Uvarint(data)
			if n > 0 {
				data = data[n:]
			}
			value = true
		case 5:
			n, size = 1, 4
		default:
			return errWire
		}
		if n <= 0 || size > uint64(len(data)) {
			return errWire
		}
		if value {
			visit(tag>>3, data[:size])
		} else {
			visit(tag>>3, nil)
		}
		data = data[size:]
	}
	return nil
}
