// Package plaintext recognises secrets in text that anyone may read.
package plaintext

import (
	"math"
	"regexp"
	"strings"
	"unicode"
)

// Secret says why a named text looks like a secret, or nothing if it does not. It never
// repeats the text.
func Secret(name, text string) string {
	switch {
	case text == "" || reference.MatchString(text):
		return ""
	case namesSecret(name):
		return "is called like a secret"
	}
	for _, form := range forms {
		if form.pattern.MatchString(text) {
			return "holds " + form.what
		}
	}
	if random(text) {
		return "is as random as a secret"
	}
	for line := range strings.Lines(text) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), separatorOf(line))
		value = strings.Trim(strings.TrimSpace(value), `"',`)
		if ok && strings.Contains(text, "\n") && namesSecret(strings.Trim(strings.TrimSpace(key), `"'-# `)) &&
			value != "" && !reference.MatchString(value) {
			return "holds a line that is called like a secret"
		}
	}
	return ""
}

// separatorOf is what stands between a key and its value in a line of YAML, JSON, INI or a
// properties file.
func separatorOf(line string) string {
	if i := strings.IndexAny(line, ":="); i >= 0 {
		return line[i : i+1]
	}
	return "="
}

// reference is a value that names another variable: $(NAME) in Kubernetes, ${NAME} in shells
// and templates.
var reference = regexp.MustCompile(`^\$[({][A-Za-z0-9_.:-]+[)}]$`)

// secretName ends with what it is, so that TOKEN_LIMIT and PASSWORD_FILE do not match.
var secretName = regexp.MustCompile(`^(.*_)?(password|passwd|passphrase|pwd|secret|secret_?key|token|api_?key|` +
	`access_?key(_id)?|private_?key|signing_?key|encryption_?key|credentials?|dsn)(_(previous|current|old|new|\d+))?$`)

func namesSecret(name string) bool { return secretName.MatchString(snake(name)) }

// snake writes dbPassword, db-password and DB.PASSWORD as db_password.
func snake(name string) string {
	var out strings.Builder
	previous := ' '
	for _, r := range name {
		if unicode.IsUpper(r) && unicode.IsLower(previous) {
			out.WriteByte('_')
		}
		previous = r
		if r == '-' || r == '.' {
			r = '_'
		}
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}

// forms are secrets that give themselves away by how they are written.
var forms = []struct {
	what    string
	pattern *regexp.Regexp
}{
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes
	{"an AWS access key id", regexp.MustCompile(`\b(AKIA|ASIA)[A-Z0-9]{16}\b`)},
	// RFC 7519: three parts, the first the base64url of an object that starts with {".
	{"a JSON Web Token", regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*`)},
	{"a private key", regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----`)},
	// A password of the form $(NAME) is another variable's.
	{"a URL with a password", regexp.MustCompile(`\b[a-z][a-z0-9+.-]*://[^/\s:@]*:([^/\s@$][^/\s@]*|\$[^({/\s@][^/\s@]*)@`)},
	// https://github.blog/engineering/behind-githubs-new-authentication-token-formats/
	{"a GitHub token", regexp.MustCompile(`\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22,})`)},
	{"a Slack token", regexp.MustCompile(`\bxox[abeprs]-[A-Za-z0-9-]{10,}`)},
}

// entropyLimit is from where on text counts as random, in bits for a character: the limit of
// the scanner detect-secrets for base64. A text needs 23 different characters to reach it.
const entropyLimit = 4.5

var base64Text = regexp.MustCompile(`^[A-Za-z0-9+/_=-]+$`)

// random tells whether text is one word of upper- and lower-case letters and digits in no
// order. Names, addresses, ARNs, ids and digests in hexadecimal are not.
func random(text string) bool {
	if !base64Text.MatchString(text) || strings.HasPrefix(text, "/") {
		return false
	}
	counts := map[rune]float64{}
	var upper, lower, digit bool
	for _, r := range text {
		counts[r]++
		upper = upper || unicode.IsUpper(r)
		lower = lower || unicode.IsLower(r)
		digit = digit || unicode.IsDigit(r)
	}
	entropy := 0.0
	for _, count := range counts {
		share := count / float64(len(text))
		entropy -= share * math.Log2(share)
	}
	return upper && lower && digit && entropy > entropyLimit
}
