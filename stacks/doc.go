// Package stacks is what the project's stacks are: configuration in, a composition of components out.
//
// Settings are loaded strictly, completed from the defaults of their tier and validated as a whole
// before the first resource is registered: settings.go holds the types, settings_defaults.go the
// defaults, settings_validation.go what must hold, settings_loading.go how they are read. environment.go
// and shared.go compose the two kinds of stack.
package stacks
