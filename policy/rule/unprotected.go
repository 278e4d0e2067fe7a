package rule

import (
	"encoding/json"
	"regexp"
	"slices"
)

// GivesUp tells whether the stack file says by name that what the resource keeps may go: the
// resource belongs to a component that is on the stack's list of unprotected ones. Taking a
// stack down starts with that.
func (d Deployment) GivesUp(r Resource) bool {
	component := componentOf.FindStringSubmatch(r.URN)
	return component != nil && slices.Contains(d.Unprotected, component[1])
}

// componentOf finds the outermost component of a URN, by the package of its type.
var componentOf = regexp.MustCompile(`^urn:pulumi:[^:]*::[^:]*::coffee:([a-z]+):`)

// UnprotectedNamed reads a stack's list of unprotected components. One that cannot be read
// names none.
func UnprotectedNamed(text string) []string {
	var names []string
	if json.Unmarshal([]byte(text), &names) != nil {
		return nil
	}
	return names
}
