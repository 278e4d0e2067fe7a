package databaseroles

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"coffee-platform/components/secrets"
)

// digestLength in hexadecimal digits is enough to tell two Jobs apart.
const digestLength = 10

// digest is another for every other thing the Job has to do. Where it does it is in its pod, whose change
// makes it another Job too.
func (a *Args) digest() string {
	text, err := json.Marshal(struct {
		Scripts  map[string]string
		Logins   map[string]string
		Images   Images
		Database string
	}{scripts, a.logins(), a.Images.orDefault(), a.DatabaseName})
	if err != nil {
		panic("databaseroles: " + err.Error()) // strings and maps of strings always marshal
	}
	return fmt.Sprintf("%x", sha256.Sum256(text))[:digestLength]
}

// logins are the names of the login roles by the variable that holds them; "" is one that is not named.
func (a *Args) logins() map[string]string {
	return map[string]string{
		"APP_ROLE":               secrets.RoleName(App, a.App.Epoch),
		"APP_ROLE_PREVIOUS":      secrets.RoleName(App, a.App.PreviousEpoch),
		"MIGRATOR_ROLE":          secrets.RoleName(Migrator, a.Migrator.Epoch),
		"MIGRATOR_ROLE_PREVIOUS": secrets.RoleName(Migrator, a.Migrator.PreviousEpoch),
	}
}
