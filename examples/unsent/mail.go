package unsent

// Mail is a connection to the mail server. It has to be closed.
type Mail interface {
	Send(number int)
	Close()
}
