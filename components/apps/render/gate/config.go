package gate

import (
	"strings"
	"text/template"

	"coffee-platform/internal/problem"
)

// render fills a configuration.
func render(text *template.Template, values any) string {
	var config strings.Builder
	if err := text.Execute(&config, values); err != nil {
		panic("gate: " + err.Error()) // the templates are part of the program, and every test renders them
	}
	return config.String()
}

func checkPort(problems *problem.List, path string, port int) {
	if port < 1024 || port > 65535 {
		problems.Add(path, "%d is not a port that a user who is not root may listen on: use 1024 to 65535", port)
	}
}

func checkRenderSeconds(problems *problem.List, seconds int) {
	if seconds < minRenderSeconds || seconds > maxRenderSeconds {
		problems.Add("longestRenderSeconds", "%d is outside %d to %d", seconds, minRenderSeconds, maxRenderSeconds)
	}
}
