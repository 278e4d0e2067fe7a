package stacks

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Deploy is the program of every stack: it reads the stack's whole configuration from where Pulumi puts
// it for a program, and composes what the stack is.
func Deploy(ctx *pulumi.Context) error {
	text, ok := os.LookupEnv(pulumi.EnvConfig)
	if !ok {
		return errors.New("this program is run by Pulumi: use `pulumi preview` or, without a cloud account, `make preview`")
	}
	config := map[string]string{}
	if err := json.Unmarshal([]byte(text), &config); err != nil {
		return fmt.Errorf("reading the configuration in %s: %w", pulumi.EnvConfig, err)
	}
	return Program(config)(ctx)
}

// Program is the program of a stack with the given configuration: every key with its namespace, values
// as Pulumi hands them to a program.
func Program(config map[string]string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		loaded, err := load(ctx.Stack(), config, time.Now())
		if err != nil {
			return err
		}
		if loaded.shared != nil {
			return deployShared(ctx, loaded.shared)
		}
		return deployEnvironment(ctx, loaded.environment)
	}
}
