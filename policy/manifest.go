package main

import (
	_ "embed"
	"fmt"

	"sigs.k8s.io/yaml"
)

//go:embed PulumiPolicy.yaml
var manifestFile []byte

// manifest is what the pack knows about itself from PulumiPolicy.yaml.
type manifest struct {
	Version     string `json:"version"`
	Description string `json:"description"`
}

func readManifest() (manifest, error) {
	var m manifest
	if err := yaml.Unmarshal(manifestFile, &m); err != nil {
		return manifest{}, fmt.Errorf("reading PulumiPolicy.yaml: %w", err)
	}
	return m, nil
}
