//! Ways to look a class up: how they are read, and which of them a subject takes.
