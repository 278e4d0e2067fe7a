package plaintext

import "strings"

// Arguments says why one of the words of a command looks like a secret, or nothing if none does: it is called so by the
// flag or variable before its equals sign, or by the flag that is the word before it. The text is one word of a command
// or a script of many, and before is the word in front of it.
func Arguments(before, text string) string {
	// A line that ends with a backslash goes on in the next.
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		for _, word := range strings.Fields(line) {
			word = strings.Trim(word, `"'();`)
			if strings.HasPrefix(word, "#") {
				break // a comment
			}
			if assigned(word) || named(before, word) {
				return calledSecret
			}
			before = word
		}
		before = ""
	}
	return ""
}

// assigned tells whether a word is, or holds, an assignment of a secret: --password=x, PGPASSWORD=x, --set=auth.password=x.
func assigned(word string) bool {
	name, value, ok := strings.Cut(word, "=")
	return ok && (secretValue(name, strings.Trim(value, `"'`)) || assigned(value))
}

// named tells whether a flag is a secret's, and the word after it its value and no other flag.
func named(flag, word string) bool {
	return strings.HasPrefix(flag, "-") && !strings.HasPrefix(word, "-") && secretValue(flag, word)
}
