package workload

import (
	"fmt"
	"strings"

	"coffee-platform/internal/image"
	"coffee-platform/internal/problem"
)

// validateProbed reports every problem of a container that runs for ever; paths are relative to it.
func (c *Container) validateProbed(class Class) problem.List {
	problems := c.validate(class)
	if c.StartupSeconds < 1 {
		problems.Add("startupSeconds", "%d gives the container no time to start: use at least 1", c.StartupSeconds)
	}
	for path, probe := range map[string]Probe{"health": c.Health, "liveness": c.Liveness} {
		switch {
		case probe.Path != "" && !strings.HasPrefix(probe.Path, "/"):
			problems.Add(path, "%q is not a path: start with /", probe.Path)
		case probe.Path != "" && len(probe.Command) > 0:
			problems.Add(path, "names a path and a command: one probe asks one thing")
		case len(probe.Command) == 0 && c.Port == 0:
			problems.Add(path, "asks a port, and the container has none: give it a command")
		}
	}
	return problems
}

// validate reports every problem of what all containers have; paths are relative to it.
func (c *Container) validate(class Class) problem.List {
	var problems problem.List
	if !image.IsByDigest(c.Image) {
		problems.Add("image", "%q is not an image by digest: %s", c.Image, image.Remedy)
	}
	if c.Port != 0 && (c.Port < 1024 || c.Port > 65535) {
		problems.Add("port", "%d is outside 1024 to 65535: below, a port takes a capability that no pod here has", c.Port)
	}
	for _, path := range c.writablePaths() {
		if !strings.HasPrefix(path, "/") {
			problems.Add(fmt.Sprintf("writablePaths[%s]", path), "is not an absolute path")
		}
		positiveQuantity(&problems, fmt.Sprintf("writablePaths[%s]", path), c.WritablePaths[path])
	}
	if len(c.Files) > 0 && !strings.HasPrefix(c.FilesPath, "/") {
		problems.Add("filesPath", "%q is not an absolute path", c.FilesPath)
	}
	problems.AddUnder("resources", c.Resources.Validate(class))
	return problems
}
