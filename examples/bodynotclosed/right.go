package bodynotclosed

import "net/http"

// Healthy returns nil when the server answers with 200.
func Healthy(client *http.Client, url string) error {
	resp, err := client.Get(url)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return check(resp.StatusCode)
}
