package words

import "slices"

// Sparkline draws numbers as a line of bars, the last of them if there are more
// than width. The lowest bar stands for the least of them and the highest for
// the most, where they differ.
func Sparkline(numbers []int64, width int) string {
	bars := []rune("▁▂▃▄▅▆▇█")
	numbers = numbers[max(len(numbers)-width, 0):]
	if len(numbers) == 0 {
		return ""
	}
	// As floats: the difference of two int64 may overflow.
	least, most := float64(slices.Min(numbers)), float64(slices.Max(numbers))
	line := make([]rune, len(numbers))
	for i, n := range numbers {
		step := 0.0
		if most > least {
			step = (float64(n) - least) / (most - least) * float64(len(bars)-1)
		}
		line[i] = bars[int(step+0.5)]
	}
	return string(line)
}
