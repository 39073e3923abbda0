package hook

// options are those of the command line. The command writes this file again.
var options = settings{}
