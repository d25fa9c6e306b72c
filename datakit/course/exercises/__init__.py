"""Les exercices : énoncés, réponses, verdicts, progression."""
