//! The shipped recipes, and what follows from them.

use super::*;

fn of(name: &str) -> Recipe {
    Recipe::load(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes").join(name)).unwrap()
}

#[test]
fn every_recipe_can_be_read_and_written() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes");
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let recipe = Recipe::load(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert_eq!(path.file_stem().unwrap().to_str(), Some(recipe.name.as_str()));
        let again: Recipe = toml::from_str(&toml::to_string(&recipe).unwrap()).unwrap();
        assert_eq!(format!("{again:?}"), format!("{recipe:?}"));
        names.insert(recipe.name);
    }
    // All that the documents speak of are there.
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let cards =
        ["mini", "mini-base", "mini-from-base", "mini-zero"].map(|model| format!("www/models/{model}/README.md"));
    let mut told = 0;
    for page in cards.iter().map(String::as_str).chain(["README.md", "docs/results.md", "docs/training.md"]) {
        let text = std::fs::read_to_string(root.join(page)).unwrap();
        for name in text.split("recipes/").skip(1).filter_map(|rest| Some(rest.split_once(".toml")?.0)) {
            assert!(name.contains(char::is_whitespace) || names.contains(name), "{page} speaks of {name}");
            told += 1;
        }
    }
    assert!(told > 0, "no document speaks of a recipe");
}

#[test]
fn a_model_has_practised_what_its_recipes_say() {
    let words = of("nano-v4-words.toml").capabilities(None).unwrap();
    let hand = Some(Hand::Plain);
    assert_eq!(words, Capabilities { task_types: vec!["V4".into()], draws: false, hand, own: false });
    let earlier = Capabilities { task_types: vec!["V5".into(), "N1".into()], draws: false, hand: None, own: false };
    let more = of("nano-v4-words.toml").capabilities(Some(earlier)).unwrap();
    assert_eq!(
        more,
        Capabilities { task_types: vec!["N1".into(), "V4".into(), "V5".into()], draws: false, hand: None, own: false }
    );
    assert!(of("nano-v4.toml").capabilities(Some(words.clone())).unwrap().draws);
    let drew = Capabilities { draws: true, ..words };
    assert!(of("nano-v4-words.toml").capabilities(Some(drew)).unwrap().draws, "it has not forgotten");
}

#[test]
fn zero_draws_by_itself_until_it_sees_the_executors_pictures() {
    let base = of("mini-base-4.toml").capabilities(None).unwrap();
    let zero = of("mini-zero-4.toml").capabilities(of("mini-zero-3.toml").capabilities(Some(base)).ok()).unwrap();
    assert!(zero.draws && zero.own);
    let rewarded = of("mini-zero-perpo.toml").capabilities(Some(zero.clone())).unwrap();
    assert!(rewarded.own);
    assert!(!of("nano-v4.toml").capabilities(Some(zero)).unwrap().own);
    assert!(!of("nano-v4-perpo.toml").capabilities(of("nano-v4.toml").capabilities(None).ok()).unwrap().own);
    let mut scarce = of("nano-v4.toml");
    let Stage::Language(stage) = &mut scarce.stage else { panic!("PeSFT") };
    stage.annotated = Some(0);
    assert!(!scarce.capabilities(None).unwrap().draws, "no trace has pictures");
}

/// The recipes of the command line and those that the page was recorded with.
#[test]
fn recorded_lessons_are_the_recipes() {
    // Names, folders and validation are the command line's alone.
    let bare = |recipe: &Recipe| {
        let mut bare = serde_json::to_value(recipe).unwrap();
        bare.as_object_mut().unwrap().remove("name");
        for part in ["tokenizer", "vq", "validate_every", "validate_items"] {
            bare["language"].as_object_mut().unwrap().remove(part);
        }
        bare
    };
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for (plan, recipe) in [("a-nano", "nano-v4-words"), ("a-nano-draws", "nano-v4")] {
        let plan = std::fs::read_to_string(root.join(format!("tests/browser/plans/{plan}.json"))).unwrap();
        let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
        let mut page = plan["plan"]["recipe"].clone();
        page["seed"] = plan["seeds"][0].clone();
        let own = of(&format!("{recipe}.toml"));
        assert_eq!(bare(&own), bare(&serde_json::from_value(page).unwrap()));
    }
}
