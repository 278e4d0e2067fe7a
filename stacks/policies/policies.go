// Package policies holds what the environments ask of the policy pack besides the rules
// themselves: which violations are let pass for a time, and which levels and settings a
// tier has that are not the rules' own.
//
// Both files are embedded into the pack. So a pack holds what was reviewed in the commit it
// is built from, wherever it runs and whoever runs it: there is no path to get wrong, and
// none to point elsewhere. The package imports nothing, so that the pack stays free of the
// programs it judges.
package policies

import _ "embed" // for the files

// Exemptions is exemptions.yaml, in the form that package policy/exemption reads.
//
//go:embed exemptions.yaml
var Exemptions []byte

// Configuration is configuration.yaml, in the form that package policy/configuration reads.
//
//go:embed configuration.yaml
var Configuration []byte
