package main

import (
	"context"
	"os"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
)

// The first Ctrl-C is the engine's, which hears it too.
func TestTheSecondInterruptCancels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		interrupts := make(chan os.Signal)
		go onSecond(interrupts, cancel)
		interrupts <- os.Interrupt
		synctest.Wait()
		assert.NoError(t, ctx.Err())
		interrupts <- os.Interrupt
		synctest.Wait()
		assert.Error(t, ctx.Err())
	})
}
