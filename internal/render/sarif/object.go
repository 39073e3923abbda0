package sarif

// The objects of SARIF 2.1.0 that a report needs, by the names of chapter 3 of
// the specification.

type log struct { // 3.13
	Schema  string      `json:"$schema"`
	Version string      `json:"version"`
	Runs    []runObject `json:"runs"`
}

type runObject struct { // 3.14
	Tool struct {
		Driver driver `json:"driver"`
	} `json:"tool"`
	OriginalURIBaseIDs map[string]uriBase `json:"originalUriBaseIds"`
	ColumnKind         string             `json:"columnKind"`
	Results            []result           `json:"results"`
}

// uriBase says what relative locations start from, without saying where that
// is: the reader knows its repository.
type uriBase struct { // 3.4, in 3.14.14
	Description message `json:"description"`
}

type driver struct { // 3.19
	Name           string `json:"name"`
	InformationURI string `json:"informationUri"`
	Rules          []rule `json:"rules"`
}

type rule struct { // 3.49
	ID               string   `json:"id"`
	ShortDescription message  `json:"shortDescription"`
	FullDescription  *message `json:"fullDescription,omitempty"`
	Help             message  `json:"help"`
}

// message is a message, a multiformatMessageString or an artifactContent: all
// of them may have nothing but a text.
type message struct { // 3.11, 3.12, 3.3
	Text string `json:"text"`
}

type result struct { // 3.27
	RuleID              string            `json:"ruleId"`
	RuleIndex           int               `json:"ruleIndex"`
	Level               string            `json:"level"`
	Message             message           `json:"message"`
	Locations           []location        `json:"locations,omitempty"`
	RelatedLocations    []location        `json:"relatedLocations,omitempty"`
	Stacks              []stack           `json:"stacks,omitempty"`
	OccurrenceCount     int               `json:"occurrenceCount"`
	PartialFingerprints map[string]string `json:"partialFingerprints"`
	Properties          properties        `json:"properties"`
	Fixes               []fixObject       `json:"fixes,omitempty"`
}

type properties struct { // 3.8
	Proven int    `json:"proven"`
	Test   string `json:"test,omitempty"`
	Ignore string `json:"ignore,omitempty"`
}

type fixObject struct { // 3.55
	Description     message          `json:"description"`
	ArtifactChanges []artifactChange `json:"artifactChanges"`
}

type artifactChange struct { // 3.56
	ArtifactLocation artifactLocation `json:"artifactLocation"`
	Replacements     []replacement    `json:"replacements"`
}

type replacement struct { // 3.57
	DeletedRegion   wholeLines `json:"deletedRegion"`
	InsertedContent message    `json:"insertedContent"`
}

// wholeLines is a region that ends before the first character of a line.
type wholeLines struct { // 3.30
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn"`
	EndLine     int `json:"endLine"`
	EndColumn   int `json:"endColumn"`
}

type location struct { // 3.28
	PhysicalLocation *physicalLocation `json:"physicalLocation,omitempty"`
	LogicalLocations []logicalLocation `json:"logicalLocations"`
	Message          *message          `json:"message,omitempty"`
}

type physicalLocation struct { // 3.29
	ArtifactLocation artifactLocation `json:"artifactLocation"`
	Region           *region          `json:"region,omitempty"`
}

type artifactLocation struct { // 3.4
	URI       string `json:"uri"`
	URIBaseID string `json:"uriBaseId"`
}

type region struct { // 3.30
	StartLine int      `json:"startLine"`
	Snippet   *message `json:"snippet,omitempty"`
}

type logicalLocation struct { // 3.33
	FullyQualifiedName string `json:"fullyQualifiedName"`
	Kind               string `json:"kind"`
}

type stack struct { // 3.44
	Message message `json:"message"`
	Frames  []frame `json:"frames"`
}

type frame struct { // 3.45
	Location location `json:"location"`
}
