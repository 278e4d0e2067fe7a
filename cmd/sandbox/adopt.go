package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/internal/sandbox/adopt"
)

const adoptUsage = `pulumi stack export | sandbox adopt '<urn>=<id>' … | pulumi stack import

Puts objects that a killed pulumi up had made, and that the state calls pending, into the state. It reads an
exported state and writes the one to import, and needs neither sandbox nor account: docs/runbooks/stuck-update.md`

// adoptFrom adopts pending creations, each given as <urn>=<id>, of the exported state it reads.
func adoptFrom(in io.Reader, out io.Writer, args []string) error {
	if len(args) == 0 || slices.ContainsFunc(args, func(arg string) bool { return strings.HasPrefix(arg, "-") }) {
		return errors.New(adoptUsage)
	}
	ids := map[string]string{}
	for _, arg := range args {
		urn, id, ok := strings.Cut(arg, "=")
		if !ok || !strings.HasPrefix(urn, "urn:pulumi:") {
			return fmt.Errorf("%q is not of the form <urn>=<id>; write it in single quotes, a URN has dollar signs", arg)
		}
		if _, twice := ids[urn]; twice {
			return fmt.Errorf("%s is there twice", urn)
		}
		ids[urn] = id
	}
	var state apitype.UntypedDeployment
	if err := json.NewDecoder(in).Decode(&state); err != nil {
		return fmt.Errorf("reading the exported state: %w", err)
	}
	state, err := adopt.PendingCreates(state, ids)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(state, "", "    ")
	if err != nil {
		return fmt.Errorf("writing the state: %w", err)
	}
	if _, err := out.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("writing the state: %w", err)
	}
	return nil
}
