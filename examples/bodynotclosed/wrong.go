package bodynotclosed

import (
	"fmt"
	"net/http"
)

// HealthyWrong returns nil when the server answers with 200. It leaks two
// goroutines and a connection.
func HealthyWrong(client *http.Client, url string) error {
	resp, err := client.Get(url) // want "called: http-body-not-closed"
	if err != nil {
		return err
	}
	return check(resp.StatusCode)
}

func check(status int) error {
	if status != http.StatusOK {
		return fmt.Errorf("status %d", status)
	}
	return nil
}
