package heap

import "syscall"

// populate has the system map all pages at once.
const populate = syscall.MAP_POPULATE
