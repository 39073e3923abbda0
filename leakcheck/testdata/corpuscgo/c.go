// Package corpuscgo is the part of the clean corpus that calls C. It is a
// package of its own because a test file cannot.
package corpuscgo

/*
#ifdef _WIN32
#include <windows.h>
static void pause_ms(int ms) { Sleep(ms); }
#else
#include <unistd.h>
static void pause_ms(int ms) { usleep(1000 * ms); }
#endif

extern int goDouble(int);

// sum_doubled calls back into Go for each number below n.
static int sum_doubled(int n) {
	int sum = 0;
	for (int i = 0; i < n; i++) sum += goDouble(i);
	return sum;
}
*/
import "C"

// pause blocks its thread in C.
func pause(ms int) { C.pause_ms(C.int(ms)) }

func sumDoubled(n int) int { return int(C.sum_doubled(C.int(n))) }
