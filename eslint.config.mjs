import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import prettierRecommended from 'eslint-plugin-prettier/recommended';
import globals from 'globals';
import jupyterPlugin from '@jupyter/eslint-plugin';

/** Every rule of a configuration that is on, as an error. */
const raised = rules =>
  Object.fromEntries(
    Object.entries(rules).map(([name, setting]) => {
      const [level, ...options] = Array.isArray(setting) ? setting : [setting];
      return [
        name,
        level === 'off' || level === 0 ? 'off' : ['error', ...options]
      ];
    })
  );

/**
 * Imports point down: plugins → views → models → api. `charts`, `format` and
 * `icons` are leaves. A layer names the folders that it must not import.
 */
const layer = (files, forbidden, message) => ({
  files,
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            group: forbidden.flatMap(name => [`**/${name}`, `**/${name}/*`]),
            message
          }
        ]
      }
    ]
  }
});

const recommended = [jupyterPlugin.configs.recommended].flat();

export default defineConfig([
  {
    ignores: [
      'node_modules',
      'dist',
      'lib',
      'coverage',
      '**/*.js',
      '**/*.d.ts',
      '.venv',
      'jupyterlab_mlops',
      'src/api/schema.ts',
      'tests',
      '**/__tests__',
      'ui-tests'
    ]
  },
  js.configs.recommended,
  tseslint.configs.recommended,
  { plugins: { jupyter: jupyterPlugin } },
  ...recommended.map(config => ({
    ...config,
    rules: raised(config.rules ?? {})
  })),
  {
    // Programs of Node's, and what they run in a page.
    files: ['scripts/**/*.mjs', 'benchmarks/**/*.mjs'],
    languageOptions: { globals: { ...globals.node, ...globals.browser } }
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    languageOptions: {
      globals: { ...globals.browser, ...globals.es2015 },
      parserOptions: { project: 'tsconfig.json', sourceType: 'module' }
    },
    rules: {
      // Models hold the state that all views share from the first moment on; commands are there from then on.
      'jupyter/prefer-lazy-imports': [
        'error',
        {
          ignoreImports: [
            '../models/*',
            '../api/client',
            './candidate-commands',
            './recording-commands',
            './reproduction-views'
          ]
        }
      ],
      'jupyter/require-disposable-ownership': [
        'error',
        { ownershipFunctionNames: ['launch'] }
      ],
      '@typescript-eslint/no-empty-object-type': [
        'error',
        { allowInterfaces: 'with-single-extends' }
      ],
      '@typescript-eslint/naming-convention': [
        'error',
        {
          selector: 'interface',
          format: ['PascalCase'],
          custom: { regex: '^I[A-Z]', match: true }
        }
      ],
      '@typescript-eslint/no-unused-vars': ['error', { args: 'none' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-namespace': 'off',
      '@typescript-eslint/no-use-before-define': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      curly: ['error', 'all'],
      eqeqeq: 'error',
      'no-console': 'error',
      // A longer one holds several ideas: hooks for behaviour, components for parts.
      'max-lines-per-function': ['error', { max: 80 }],
      'prefer-arrow-callback': 'error'
    }
  },
  {
    files: ['src/plugins/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            "Property[key.name='requires'] > ArrayExpression > Identifier[name!=/^(IMLOpsServer|ICandidatesModel|IRegistryModel|ISyncModel|INotebookTracker|IRenderMimeRegistry)$/]",
          message:
            'Notebook 7 may not have it, and would not start the plugin: ask for it in `optional`.'
        }
      ]
    }
  },
  layer(
    ['src/views/**'],
    ['api', 'plugins'],
    'Views show models: they import neither the API nor plugins.'
  ),
  layer(
    ['src/models/**'],
    ['plugins', 'views', 'charts', 'icons'],
    'Models know the API and nothing of how they are shown.'
  ),
  layer(
    ['src/api/**'],
    ['plugins', 'views', 'models', 'charts', 'format', 'icons'],
    'The API layer stands at the bottom.'
  ),
  layer(
    ['src/charts/**', 'src/format.ts', 'src/icons.ts'],
    ['plugins', 'views', 'models', 'api'],
    'Charts, format and icons are leaves.'
  ),
  prettierRecommended
]);
