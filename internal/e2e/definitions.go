package e2e

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	kwok "sigs.k8s.io/karpenter/kwok/apis"
	karpenter "sigs.k8s.io/karpenter/pkg/apis"
	"sigs.k8s.io/yaml"
)

// definitionLimit is how long the API server may take to serve a new kind.
const definitionLimit = 30 * time.Second

// installDefinitions installs the definitions of custom resources: those of the controllers that run here, from
// the modules they are built from, and for all other kinds the ones that the sandbox checks manifests against.
func (c *controlPlane) installDefinitions(ctx context.Context) error {
	documents := [][]byte{karpenter.NodePoolCRD, karpenter.NodeClaimCRD, karpenter.NodeOverlayCRD, kwok.KWOKNodeClassCRD}
	keda, err := moduleDir(ctx, "keda", "github.com/kedacore/keda/v2")
	if err != nil {
		return err
	}
	for _, files := range []string{
		filepath.Join(keda, "config/crd/bases/*.yaml"),
		"internal/sandbox/kubeschema/*.yaml",              // written from AWS's user guide
		filepath.Join(c.tools, "upstream/crds", "*.yaml"), // of controllers that do not run here
	} {
		paths, err := filepath.Glob(files)
		if err != nil {
			return fmt.Errorf("looking for definitions: %w", err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				return fmt.Errorf("reading a definition: %w", err)
			}
			documents = append(documents, text)
		}
	}
	var installed []string
	for _, document := range documents {
		definition := &apiextensionsv1.CustomResourceDefinition{}
		if err := yaml.Unmarshal(document, definition); err != nil {
			return fmt.Errorf("reading a definition: %w", err)
		}
		if slices.Contains(installed, definition.Name) {
			continue
		}
		if err := c.Client.Create(ctx, definition); err != nil {
			return fmt.Errorf("installing the definition of %s: %w", definition.Name, err)
		}
		installed = append(installed, definition.Name)
	}
	_, err = c.waitFor(ctx, definitionLimit, "the custom resources to be served", func(ctx context.Context) (bool, string, error) {
		list := &apiextensionsv1.CustomResourceDefinitionList{}
		if err := c.Client.List(ctx, list); err != nil {
			return false, "", err
		}
		for _, definition := range list.Items {
			if !slices.ContainsFunc(definition.Status.Conditions, func(condition apiextensionsv1.CustomResourceDefinitionCondition) bool {
				return condition.Type == apiextensionsv1.Established && condition.Status == apiextensionsv1.ConditionTrue
			}) {
				return false, definition.Name + " is not established", nil
			}
		}
		return true, "", nil
	})
	return err
}

// moduleDir is where the source of a tool's module is.
func moduleDir(ctx context.Context, tool, module string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-C", filepath.Join("tools", tool), "-m", "-f", "{{.Dir}}", module)
	cmd.Stderr = os.Stderr
	output, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("finding the source of %s: %w", module, err)
	}
	return strings.TrimSpace(string(output)), nil
}

func base64Of(data []byte) string { return base64.StdEncoding.EncodeToString(data) }
