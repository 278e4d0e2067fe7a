package budget

import (
	"k8s.io/apimachinery/pkg/api/resource"

	"coffee-platform/internal/problem"
)

// pod asks for CPU and memory, and is Guaranteed.
func pod(cpu, memory string) Pod {
	return Pod{CPU: resource.MustParse(cpu), Memory: resource.MustParse(memory)}
}

// texts are problems as a person reads them.
func texts(problems problem.List) []string {
	var lines []string
	for _, p := range problems {
		lines = append(lines, p.String())
	}
	return lines
}
