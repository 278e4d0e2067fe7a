package iamdocument

import "strings"

// arnParts are those of an ARN, arn:partition:service:region:account:resource; the last may have colons of its own.
const arnParts = 6

// Unscoped tells whether a resource pattern takes in everything there is of its service: the last part of its ARN is made
// of wildcards, with separators between them or not, or it is no ARN but a wildcard.
func Unscoped(resource string) bool {
	last := lastPart(resource)
	return strings.ContainsAny(last, "*?") && strings.Trim(last, "*?/:") == ""
}

// EveryOne tells whether a resource pattern takes in everything of a kind. The kind is the last part of such an ARN with #
// for each name: role/#. The pattern takes in all of them if it takes in one of a name that nobody could give.
func EveryOne(resource, kind string) bool {
	return Matches(lastPart(resource), strings.ReplaceAll(kind, "#", nobody))
}

// nobody is a name that nothing has. It is as long as what Secrets Manager adds to the names of secrets, which patterns
// write as six question marks (https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples.html).
const nobody = "\x00\x00\x00\x00\x00\x00"

// lastPart is the last of the six parts of an ARN, and of what has fewer what is last there.
func lastPart(resource string) string {
	parts := strings.SplitN(resource, ":", arnParts)
	return parts[len(parts)-1]
}
