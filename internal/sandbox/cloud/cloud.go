// Package cloud is the memory of the sandbox: what exists, kept between runs. It knows objects and how
// to find them; what may be done with them is for the stand-in providers to say.
//
// Every change is on disk before the call that makes it returns, as in a real cloud: a program that is
// killed leaves behind what it had made.
package cloud

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// Object is something that exists.
type Object struct {
	// Type is the Pulumi type token: "aws:ec2/vpc:Vpc".
	Type string `json:"type"`
	// ID is the object's id, unique within its type.
	ID string `json:"id"`
	// Inputs are what it was made from, Outputs all that can be read of it.
	Inputs  map[string]any `json:"inputs"`
	Outputs map[string]any `json:"outputs"`
	// Owner is the key of the object that made this one on the side, and takes it along when it goes.
	Owner Key `json:"owner,omitzero"`
}

// Key tells one object from all others.
type Key struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// Key is the object's own.
func (o *Object) Key() Key { return Key{o.Type, o.ID} }

// Cloud is a set of objects, safe for concurrent use.
type Cloud struct {
	mu      sync.Mutex
	journal *os.File
	objects map[Key]*Object
	// made counts the objects ever made for a name, so that a second one has another id.
	made map[string]int
}

// entry is a line of the journal: an object that was made or changed, or the key of one that went.
type entry struct {
	Put    *Object `json:"put,omitempty"`
	Delete *Key    `json:"delete,omitempty"`
	Made   string  `json:"made,omitempty"`
}

// ErrInUse means that another run has the cloud open.
var ErrInUse = errors.New("this sandbox is in use by another run: wait until it is done")

// Open opens the cloud whose journal is at path, and makes an empty one if there is none. One run at a
// time has it open; for a second it fails with ErrInUse.
func Open(path string) (*Cloud, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("making room for the cloud's journal: %w", err)
	}
	journal, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the cloud's journal: %w", err)
	}
	if err := syscall.Flock(int(journal.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, errors.Join(ErrInUse, journal.Close())
	} else if err != nil {
		return nil, errors.Join(fmt.Errorf("locking the cloud's journal %s, which has to be on a file system with locks: %w", path, err), journal.Close())
	}
	c := &Cloud{journal: journal, objects: map[Key]*Object{}, made: map[string]int{}}
	if err := c.replay(); err != nil {
		return nil, errors.Join(err, journal.Close())
	}
	return c, nil
}

// replay brings back what the journal tells. A last line without its end was being written when the
// program was killed, and the call it belongs to never returned: it is cut off.
func (c *Cloud) replay() error {
	reader := bufio.NewReader(c.journal)
	var whole int64
	for line := 1; ; line++ {
		text, err := reader.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return c.journal.Truncate(whole)
		}
		if err != nil {
			return fmt.Errorf("reading the cloud's journal: %w", err)
		}
		var e entry
		if err := json.Unmarshal(text, &e); err != nil {
			return fmt.Errorf("%s:%d: not a line of a cloud's journal (remove the file to start with an empty cloud): %w", c.journal.Name(), line, err)
		}
		c.apply(e)
		whole += int64(len(text))
	}
}

func (c *Cloud) apply(e entry) {
	switch {
	case e.Put != nil:
		c.objects[e.Put.Key()] = e.Put
	case e.Delete != nil:
		delete(c.objects, *e.Delete)
	case e.Made != "":
		c.made[e.Made]++
	}
}

// write makes a change last, then makes it. The caller holds the lock.
func (c *Cloud) write(e entry) error {
	text, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("writing to the cloud's journal: %w", err)
	}
	if _, err := c.journal.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("writing to the cloud's journal: %w", err)
	}
	c.apply(e)
	return nil
}

// Close closes the journal.
func (c *Cloud) Close() error { return c.journal.Close() }

// Token makes a hexadecimal token of the given length that is always the same for the first object made
// for a name, another for the second, and so on: what a cloud would choose at random.
func (c *Cloud) Token(name string, length int) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	sum := sha256.Sum256([]byte(fmt.Sprintf("%s#%d", name, c.made[name])))
	return hex.EncodeToString(sum[:])[:length], c.write(entry{Made: name})
}

// UUIDDigits is how long the token of a UUID is.
const UUIDDigits = 32

// UUID puts a token of UUIDDigits in the form of a UUID.
func UUID(token string) string {
	return token[:8] + "-" + token[8:12] + "-" + token[12:16] + "-" + token[16:20] + "-" + token[20:]
}

// Put makes an object, or changes the one with its key.
func (c *Cloud) Put(o *Object) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.write(entry{Put: o})
}

// Delete removes an object and all that it owns.
func (c *Cloud) Delete(key Key) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, o := range c.sorted() {
		if o.Owner == key {
			owned := o.Key()
			if err := c.write(entry{Delete: &owned}); err != nil {
				return err
			}
		}
	}
	return c.write(entry{Delete: &key})
}

// Get is the object with the key, or nil.
func (c *Cloud) Get(key Key) *Object {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.objects[key]
}

// All are all objects, sorted by type and id.
func (c *Cloud) All() []*Object {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sorted()
}

// OfType are the objects of a type, sorted by id.
func (c *Cloud) OfType(typ string) []*Object {
	return slices.DeleteFunc(c.All(), func(o *Object) bool { return o.Type != typ })
}

// Find is the first object of the type whose output property has the value, or nil.
func (c *Cloud) Find(typ, property string, value any) *Object {
	for _, o := range c.OfType(typ) {
		if o.Outputs[property] == value {
			return o
		}
	}
	return nil
}

func (c *Cloud) sorted() []*Object {
	all := make([]*Object, 0, len(c.objects))
	for _, o := range c.objects {
		all = append(all, o)
	}
	slices.SortFunc(all, func(a, b *Object) int {
		if byType := strings.Compare(a.Type, b.Type); byType != 0 {
			return byType
		}
		return strings.Compare(a.ID, b.ID)
	})
	return all
}
