// Modules of which only files are used: custom resource definitions, and a chart. No package of theirs is
// built, so that their hundreds of dependencies are not needed; `go mod tidy` would empty this file.
module coffee-platform/tools/upstream

go 1.26.0

require (
	github.com/external-secrets/external-secrets v1.3.2
	github.com/kedacore/keda/v2 v2.20.2
)
