"""The exam app this project comes from, as a real program, and the students who take the exam."""
