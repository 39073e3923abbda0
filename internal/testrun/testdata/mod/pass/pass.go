package pass

func F() int { return 1 }
