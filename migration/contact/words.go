package contact

// longestWord is the length in bytes of the longest title, suffix or particle.
const longestWord = 9

// folded writes a word in lower case and without dots into the buffer: «Ph.D.»
// becomes «phd». A word that is too long for the lists below gives "".
func folded(word string, buffer *[longestWord]byte) []byte {
	length := 0
	for i := range len(word) {
		letter := word[i]
		if letter == '.' {
			continue
		}
		if length == longestWord {
			return nil
		}
		if 'A' <= letter && letter <= 'Z' {
			letter += 'a' - 'A'
		}
		buffer[length] = letter
		length++
	}
	return buffer[:length]
}

func isTitle(word string) bool {
	var buffer [longestWord]byte
	switch string(folded(word, &buffer)) {
	case "mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "sir",
		"dame", "rev", "hon", "herr", "frau", "mme", "mlle":
		return true
	}
	return false
}

func isSuffix(word string) bool {
	var buffer [longestWord]byte
	switch string(folded(word, &buffer)) {
	case "jr", "sr", "ii", "iii", "iv", "phd", "md", "dds", "esq", "cpa", "mba":
		return true
	}
	return false
}

// isParticle reports whether the word belongs to the last name behind it.
func isParticle(word string) bool {
	var buffer [longestWord]byte
	switch string(folded(word, &buffer)) {
	case "van", "von", "der", "den", "de", "del", "della", "di", "da", "das",
		"do", "dos", "du", "la", "las", "le", "los", "ten", "ter", "zu", "af",
		"av", "al", "el", "bin", "ibn", "st":
		return true
	}
	return false
}
