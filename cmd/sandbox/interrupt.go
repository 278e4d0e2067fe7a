package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// interruptible is a context that SIGTERM ends, and a second Ctrl-C. The first one a terminal sends to the engine too, which
// then ends what it has begun; told once more, it would stop in the middle of it.
func interruptible() (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	ctx, cancel := context.WithCancel(ctx)
	interrupts := make(chan os.Signal, 2)
	signal.Notify(interrupts, os.Interrupt)
	go onSecond(interrupts, cancel)
	return ctx, func() {
		signal.Stop(interrupts)
		cancel()
		stop()
	}
}

// onSecond does something when the second signal comes.
func onSecond(signals <-chan os.Signal, do func()) {
	<-signals
	<-signals
	do()
}
