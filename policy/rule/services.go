package rule

import "encoding/json"

// ServicesNamed reads the services that a stack's configuration adds, and whom each calls. What cannot
// be read calls nobody.
func ServicesNamed(text string) map[string][]string {
	var services map[string]struct {
		Calls []string `json:"calls"`
	}
	if json.Unmarshal([]byte(text), &services) != nil {
		return nil
	}
	calls := map[string][]string{}
	for name, service := range services {
		calls[name] = service.Calls
	}
	return calls
}
