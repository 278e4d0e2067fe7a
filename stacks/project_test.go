package stacks

import (
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// loadProject loads Pulumi.yaml as Pulumi does.
func loadProject(t *testing.T) *workspace.Project {
	t.Helper()
	project, err := workspace.LoadProject(filepath.Join("..", "Pulumi.yaml"))
	require.NoError(t, err)
	require.NoError(t, project.Validate())
	return project
}

func TestProjectIsTheProgramsOwn(t *testing.T) {
	project := loadProject(t)
	assert.Equal(t, Project, project.Name.String())
	assert.Equal(t, "go", project.Runtime.Name())
}

// Every stack file loads with Pulumi's own loader and with the program's.
func TestStackFilesLoad(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "Pulumi.*.yaml"))
	require.NoError(t, err)
	require.Len(t, files, 4)
	project := loadProject(t)
	sink := diag.DefaultSink(io.Discard, io.Discard, diag.FormatOptions{Color: colors.Never})
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			stack, err := workspace.LoadProjectStack(sink, project, file)
			require.NoError(t, err)
			values := map[string]string{}
			for key, declared := range project.Config {
				if text, ok := declared.Default.(string); ok {
					values[key] = text
				} else {
					values[key] = map[string]string{"array": "[]", "object": "{}"}[*declared.Type]
				}
			}
			for key, value := range stack.Config {
				values[key.String()], err = value.Value(config.NopDecrypter)
				require.NoError(t, err)
			}
			name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "Pulumi."), ".yaml")
			loaded, err := load(name, values, today)
			require.NoError(t, err)
			if loaded.environment != nil {
				assert.Equal(t, Tier(name), loaded.environment.Tier)
			}
		})
	}
}

// Pulumi.yaml declares exactly the keys that the settings have, and its descriptions name every setting
// below them.
func TestEveryKeyIsDeclaredAndDescribed(t *testing.T) {
	project := loadProject(t)
	declared := map[string]bool{}
	for key := range project.Config {
		declared[key] = true
	}
	known := map[string]reflect.Type{"kind": reflect.TypeFor[string]()}
	for _, settings := range []reflect.Type{reflect.TypeFor[Environment](), reflect.TypeFor[Shared]()} {
		for name, t := range settingsOf(settings) {
			known[name] = t
		}
	}
	for name, settingType := range known {
		key := Project + ":" + name
		if assert.True(t, declared[key], "Pulumi.yaml does not declare %s", key) {
			delete(declared, key)
			declaration := project.Config[key]
			assert.NotEmpty(t, declaration.Description, key)
			assert.NotNil(t, declaration.Default, "%s: without a default Pulumi requires it in every stack file", key)
			assert.Equal(t, pulumiType(settingType), *declaration.Type, key)
			for _, setting := range namesBelow(settingType) {
				assert.Contains(t, declaration.Description, setting, "the description of %s does not tell of %s", key, setting)
			}
		}
	}
	assert.Empty(t, declared, "Pulumi.yaml declares keys that no settings have")
}

func settingsOf(t reflect.Type) map[string]reflect.Type {
	names := map[string]reflect.Type{}
	for i := range t.NumField() {
		field := t.Field(i)
		if field.Anonymous {
			for name, inner := range settingsOf(field.Type) {
				names[name] = inner
			}
		} else if name := field.Tag.Get("json"); name != "" {
			names[name] = field.Type
		}
	}
	return names
}

func namesBelow(t reflect.Type) []string {
	if t.Kind() != reflect.Struct {
		return nil
	}
	var names []string
	for name, inner := range settingsOf(t) {
		names = append(append(names, name), namesBelow(inner)...)
	}
	return names
}

func pulumiType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "string"
	case reflect.Slice:
		return "array"
	default:
		return "object"
	}
}

// Deployments use the CLI version that everything here was tried with.
func TestDeploymentsUseThePinnedCLI(t *testing.T) {
	module, err := os.ReadFile(filepath.Join("..", "tools", "pulumi", "go.mod"))
	require.NoError(t, err)
	pinned := regexp.MustCompile(`github.com/pulumi/pulumi/pkg/v3 v(\S+)`).FindSubmatch(module)
	require.NotNil(t, pinned)
	workflow, err := os.ReadFile(filepath.Join("..", ".github", "workflows", "deploy-stack.yml"))
	require.NoError(t, err)
	used := regexp.MustCompile(`pulumi-version: (\S+)`).FindAllSubmatch(workflow, -1)
	require.Len(t, used, 2, "a preview and a deployment")
	for _, version := range used {
		assert.Equal(t, string(pinned[1]), string(version[1]))
	}
}
