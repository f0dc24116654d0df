//! The shipped recipes, and what follows from them.

use super::*;
use crate::train::learner::WEIGHTS;
use std::path::Path;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn of(name: &str) -> Recipe {
    Recipe::load(&Path::new(ROOT).join("recipes").join(name)).unwrap()
}

/// The recipes in a folder.
fn files(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(Path::new(ROOT).join(folder)).unwrap();
    entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect()
}

#[test]
fn every_recipe_can_be_read_and_written() {
    let mut names = BTreeSet::new();
    for path in [files("recipes"), files("recipes/archive")].concat() {
        let recipe = Recipe::load(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert_eq!(path.file_stem().unwrap().to_str(), Some(recipe.name.as_str()));
        let again: Recipe = toml::from_str(&toml::to_string(&recipe).unwrap()).unwrap();
        assert_eq!(format!("{again:?}"), format!("{recipe:?}"));
        let named = path.strip_prefix(Path::new(ROOT).join("recipes")).unwrap().with_extension("");
        names.insert(named.to_str().unwrap().to_string());
    }
    // All that the documents speak of are there.
    let cards = ["mini", "mini-base", "mini-from-base", "mini-zero", "nano"];
    let cards = cards.map(|model| format!("www/models/{model}/README.md"));
    let others = ["README.md", "docs/archive.md", "docs/results.md", "docs/training.md", "scale/README.md"];
    let mut named = 0;
    for page in cards.iter().map(String::as_str).chain(others) {
        let text = std::fs::read_to_string(Path::new(ROOT).join(page)).unwrap();
        for name in text.split("recipes/").skip(1).filter_map(|rest| Some(rest.split_once(".toml")?.0)) {
            assert!(name.contains(char::is_whitespace) || names.contains(name), "{page} speaks of {name}");
            named += 1;
        }
    }
    assert!(named > 0, "no document speaks of a recipe");
}

/// What can't be run as it stands is in the archive: the model of the page becomes another one, and runs aren't kept.
#[test]
fn every_recipe_begins_with_weights_that_are_here_and_stay() {
    for path in files("recipes") {
        let recipe = Recipe::load(&path).unwrap();
        let from = match &recipe.stage {
            Stage::Tokenizer(stage) => stage.from.as_ref(),
            Stage::Perpo(stage) => Some(&stage.from),
            Stage::Language(_) | Stage::Zero(_) => recipe.language().and_then(|stage| stage.from.as_ref()),
        };
        let Some(from) = from else { continue };
        let stays = from != Path::new(crate::paths::MODEL) && !from.starts_with("runs");
        assert!(stays && Path::new(ROOT).join(from).join(WEIGHTS).exists(), "{}: {}", recipe.name, from.display());
    }
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
    let base = of("archive/mini-base-4.toml").capabilities(None).unwrap();
    let zero = of("archive/mini-zero-3.toml").capabilities(Some(base)).ok();
    let zero = of("archive/mini-zero-4.toml").capabilities(zero).unwrap();
    assert!(zero.draws && zero.own);
    let rewarded = of("archive/mini-zero-perpo.toml").capabilities(Some(zero.clone())).unwrap();
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
    for (plan, recipe) in [("a-nano", "nano-v4-words"), ("a-nano-draws", "nano-v4")] {
        let plan = Path::new(ROOT).join(format!("tests/browser/plans/{plan}.json"));
        let plan = std::fs::read_to_string(plan).unwrap();
        let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
        let mut page = plan["plan"]["recipe"].clone();
        page["seed"] = plan["seeds"][0].clone();
        let own = of(&format!("{recipe}.toml"));
        assert_eq!(bare(&own), bare(&serde_json::from_value(page).unwrap()));
    }
}
