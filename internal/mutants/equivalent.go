package mutants

import (
	_ "embed"
	"fmt"

	"sigs.k8s.io/yaml"
)

//go:embed equivalent.yaml
var equivalent []byte

// Equivalent is a mutant that no test can kill, because what it changes makes no difference to anybody.
type Equivalent struct {
	Mutant
	// Why says why it makes none.
	Why string `json:"why"`
}

// Equivalents are those that were looked at.
func Equivalents() ([]Equivalent, error) {
	var listed []Equivalent
	if err := yaml.UnmarshalStrict(equivalent, &listed); err != nil {
		return nil, fmt.Errorf("reading equivalent.yaml: %w", err)
	}
	return listed, nil
}

// Reason is why a mutant is equivalent; "" if it is not listed.
func Reason(listed []Equivalent, m Mutant) string {
	for _, e := range listed {
		if e.key() == m.key() {
			return e.Why
		}
	}
	return ""
}
