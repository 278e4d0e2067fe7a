package sandbox

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
)

// registryHost is the registry the sandbox's images are in when a stack names none.
const registryHost = "444455556666.dkr.ecr.us-east-1.amazonaws.com"

// prepareStackFile copies the project's files for a stack into dir, as the sandbox's own: without what
// ties them to a cloud account's state and keys, with images where the stack names none, and with the given
// settings changed. It returns the stack's configuration as Pulumi hands it to a program.
func prepareStackFile(root, dir, stack string, changes map[string]any) (map[string]string, error) {
	project, err := workspace.LoadProject(filepath.Join(root, "Pulumi.yaml"))
	if err != nil {
		return nil, fmt.Errorf("loading Pulumi.yaml: %w", err)
	}
	sink := diag.DefaultSink(io.Discard, io.Discard, diag.FormatOptions{Color: colors.Never})
	name := "Pulumi." + stack + ".yaml"
	source := filepath.Join(root, name)
	if _, err := os.Stat(source); err != nil {
		return nil, fmt.Errorf("there is no stack %s: no %s beside Pulumi.yaml", stack, name)
	}
	settings, err := workspace.LoadProjectStack(sink, project, source)
	if err != nil {
		return nil, fmt.Errorf("loading %s: %w", name, err)
	}
	settings.SecretsProvider, settings.EncryptedKey, settings.EncryptionSalt = "", "", ""
	copied := filepath.Join(dir, name)
	if earlier, err := workspace.LoadProjectStack(sink, project, copied); err == nil {
		settings.EncryptionSalt = earlier.EncryptionSalt // the sandbox's state was written with it
	}
	if err := addImages(settings.Config); err != nil {
		return nil, err
	}
	if err := setAll(settings.Config, changes); err != nil {
		return nil, err
	}
	values, err := plainValues(settings.Config)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	project.Backend = nil
	if err := project.Save(filepath.Join(dir, "Pulumi.yaml")); err != nil {
		return nil, fmt.Errorf("copying Pulumi.yaml: %w", err)
	}
	if err := settings.Save(copied); err != nil {
		return nil, fmt.Errorf("copying %s: %w", name, err)
	}
	return values, nil
}

// addImages names images for an environment that names none: in the sandbox every image exists.
func addImages(values config.Map) error {
	key := func(name string) config.Key { return config.MustMakeKey("coffee-platform", name) }
	if kind, ok := values[key("kind")]; ok {
		if text, err := kind.Value(config.NopDecrypter); err == nil && text == "shared" {
			return nil
		}
	}
	if _, named := values[key("images")]; named {
		return nil
	}
	images := map[string]string{"registry": registryHost}
	for _, image := range []string{"backend", "render", "frontend"} {
		images[image] = fmt.Sprintf("sha256:%x", sha256.Sum256([]byte("cpv3-"+image)))
	}
	text, err := json.Marshal(images)
	if err != nil {
		return fmt.Errorf("naming images: %w", err)
	}
	values[key("images")] = config.NewObjectValue(string(text))
	return nil
}

// plainValues are a stack's settings as Pulumi hands them to a program. Encrypted ones need a key that
// only a cloud account has.
func plainValues(values config.Map) (map[string]string, error) {
	plain := map[string]string{}
	for key, value := range values {
		if value.Secure() {
			return nil, fmt.Errorf("%s is encrypted with a key of a cloud account; secrets belong in Secrets Manager, not in a stack file", key)
		}
		text, err := value.Value(config.NopDecrypter)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		plain[key.String()] = text
	}
	return plain, nil
}
